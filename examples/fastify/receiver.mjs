// A receiver in Fastify: PIXMILL_WEBHOOK_SECRET=whsec_… node receiver.mjs
import { fastifyReceiver, seenInMemory } from '@pixmill/receiver'
import fastify from 'fastify'

const app = fastify()

await app.register(fastifyReceiver, {
  path: '/callbacks',
  // During a rotation two, with a blank between them.
  secrets: process.env.PIXMILL_WEBHOOK_SECRET,
  seen: seenInMemory(),
  onEvent(event) {
    if (event.name === 'TaskFinish') console.log(event.name, event.job.id, event.job.state, event.job.input.object)
    else console.log(event.name, event.run.id, event.run.state, event.run.object)
  },
  onRefused: (error) => console.error(`${error.code}: ${error.message}`),
})

const address = await app.listen({ port: Number(process.env.PORT ?? 8800), host: '127.0.0.1' })
console.log(`listening on ${address}/callbacks`)
