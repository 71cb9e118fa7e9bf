// A receiver without any library: PIXMILL_WEBHOOK_SECRET=whsec_… go run .
//
// What it knows of signatures is their definition (Standard Webhooks 1.0.0): HMAC-SHA256 over "id.timestamp.body", in Base64.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tolerance    = 5 * time.Minute
	maxBodyBytes = 1 << 20
)

// keysOf reads secrets, with blanks between them: during a rotation there are two.
func keysOf(secrets string) ([][]byte, error) {
	var keys [][]byte
	for _, secret := range strings.Fields(secrets) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return nil, errors.New("a secret in PIXMILL_WEBHOOK_SECRET is not whsec_ and Base64")
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("PIXMILL_WEBHOOK_SECRET is not set")
	}
	return keys, nil
}

// isFromPixmill says whether one of our keys has signed these very bytes, not long ago.
func isFromPixmill(header http.Header, body []byte, keys [][]byte) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseUint(timestamp, 10, 40)
	if err != nil || id == "" {
		return false
	}
	if away := time.Since(time.Unix(int64(seconds), 0)); away > tolerance || away < -tolerance {
		return false
	}
	for _, given := range strings.Split(header.Get("webhook-signature"), " ") {
		for _, key := range keys {
			mac := hmac.New(sha256.New, key)
			fmt.Fprintf(mac, "%s.%s.", id, timestamp)
			mac.Write(body)
			right := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
			if hmac.Equal([]byte(given), []byte(right)) {
				return true
			}
		}
	}
	return false
}

// An event: of a job there is JobsDetail, of a run WorkflowExecution.
type event struct {
	EventName         string
	JobsDetail        oneJob
	WorkflowExecution struct{ RunId, State, Object string }
}

type job struct {
	JobId, State string
	Input        struct{ Object string }
}

// oneJob is an object in JSON, or a list of one.
type oneJob struct{ job }

func (one *oneJob) UnmarshalJSON(text []byte) error {
	if !bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, &one.job)
	}
	var list []job
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return fmt.Errorf("JobsDetail has %d jobs, expected 1", len(list))
	}
	one.job = list[0]
	return nil
}

func readEvent(body []byte) (string, error) {
	var read event
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		err = xml.Unmarshal(body, &read)
	} else {
		err = json.Unmarshal(body, &read)
	}
	if err != nil {
		return "", err
	}
	switch read.EventName {
	case "TaskFinish":
		about := read.JobsDetail
		return fmt.Sprintln(read.EventName, about.JobId, about.State, about.Input.Object), nil
	case "WorkflowFinish", "WorkflowStart":
		about := read.WorkflowExecution
		return fmt.Sprintln(read.EventName, about.RunId, about.State, about.Object), nil
	}
	return "", fmt.Errorf("EventName is %q", read.EventName)
}

// seen holds the events that were handled, so that each is handled once: an answer can get lost, and then its event comes again.
// A program that runs for long keeps them in a table instead.
type seen struct {
	sync.Mutex
	ids map[string]bool
}

func (it *seen) once(id string, handle func()) {
	it.Lock()
	defer it.Unlock()
	if !it.ids[id] {
		handle()
		it.ids[id] = true
	}
}

func main() {
	keys, err := keysOf(os.Getenv("PIXMILL_WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	events := seen{ids: map[string]bool{}}

	http.HandleFunc("/callbacks", func(answer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, maxBodyBytes))
		if err != nil {
			answer.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		// First verify, then parse.
		if !isFromPixmill(request.Header, body, keys) {
			answer.WriteHeader(http.StatusUnauthorized)
			return
		}
		line, err := readEvent(body)
		if err != nil {
			answer.WriteHeader(http.StatusBadRequest)
			return
		}
		events.once(request.Header.Get("webhook-id"), func() { fmt.Print(line) })
	})

	port := os.Getenv("PORT")
	if port == "" {
		port = "8800"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s/callbacks\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
