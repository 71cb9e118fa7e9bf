// A receiver in Express: PIXMILL_WEBHOOK_SECRET=whsec_… node receiver.mjs
import { nodeHandler, seenInMemory } from '@pixmill/receiver'
import express from 'express'

const receive = nodeHandler({
  // During a rotation two, with a blank between them.
  secrets: process.env.PIXMILL_WEBHOOK_SECRET,
  seen: seenInMemory(),
  onEvent(event) {
    if (event.name === 'TaskFinish') console.log(event.name, event.job.id, event.job.state, event.job.input.object)
    else console.log(event.name, event.run.id, event.run.state, event.run.object)
  },
  onRefused: (error) => console.error(`${error.code}: ${error.message}`),
})

const app = express()
// Before app.use(express.json()), if there is one: what was signed are the bytes.
app.post('/callbacks', receive)

const server = app.listen(Number(process.env.PORT ?? 8800), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/callbacks`)
})
