// A receiver for whatever speaks Fetch. As it stands: `bun receiver.mjs`, `deno serve receiver.mjs`, a Cloudflare Worker.
// Hono: app.post('/callbacks', (context) => receive(context.req.raw)). Next.js, in app/callbacks/route.js: export const POST = receive.
import { fetchHandler, seenInMemory } from '@pixmill/receiver'

const receiverWith = (secrets) =>
  fetchHandler({
    // During a rotation two, with a blank between them.
    secrets,
    // A Worker has many short lives and needs a store that they share; see ../seen-in-sql.
    seen: seenInMemory(),
    onEvent(event) {
      if (event.name === 'TaskFinish') console.log(event.name, event.job.id, event.job.state, event.job.input.object)
      else console.log(event.name, event.run.id, event.run.state, event.run.object)
    },
    onRefused: (error) => console.error(`${error.code}: ${error.message}`),
  })

let receive

export default {
  fetch(request, env) {
    // A Worker is handed its settings; the others have them in the environment.
    receive ??= receiverWith(env?.PIXMILL_WEBHOOK_SECRET ?? process.env.PIXMILL_WEBHOOK_SECRET)
    return receive(request)
  },
}
