// The server of the ipx package as its own command starts it, but for one thing: it would write progressive JPEG, which
// takes longer than the plain one that all others here write.
import { createIPX, ipxFSStorage, serveIPX } from 'ipx'

const [dir, port] = process.argv.slice(2)
const ipx = createIPX({ storage: ipxFSStorage({ dir }), sharpOptions: { jpegProgressive: false } })
await serveIPX(ipx, { port: Number(port), hostname: '127.0.0.1' }).ready()
