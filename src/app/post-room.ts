import { every, type Log, Signals } from '../base/index.ts'
import {
  Courier,
  type CourierSignal,
  newWebhookSecret,
  type ReceiverTest,
  SigningBook,
  type TestedReceiver,
  testReceiver,
} from '../callbacks/index.ts'
import { httpSink } from '../callbacks/sinks/http.ts'
import type { OpenLedger } from '../database/index.ts'
import { type AddressGuard, readPrivateAuthorities } from '../network/index.ts'
import { type Settings, zoneMinutes } from '../settings/index.ts'
import type { Stops } from './stops.ts'

/** How long a server of several signs with an old secret at most, when nobody told it of the new one. */
const LOOK_AT_SECRETS_EVERY_MS = 30_000

/** Whoever tells the world what has ended. */
export interface PostRoom {
  readonly courier: Courier
  readonly signals: Signals<CourierSignal>
  /** What callbacks are signed with; whoever changes it does so here. */
  readonly signing: SigningBook
  /** The one that was made just now, because there was none. */
  readonly madeWebhookSecret: string | null
  /** Sends a signed event that tells of nothing, and says what came of it. */
  testReceiver(test: ReceiverTest): Promise<TestedReceiver>
}

/** The courier with all it needs; it is not started yet. */
export async function openPostRoom(
  settings: Settings,
  ledger: OpenLedger,
  guard: AddressGuard,
  log: Log,
  stops: Stops,
): Promise<PostRoom> {
  const offered = newWebhookSecret()
  const given = settings.webhookSecret === null ? null : settings.webhookSecret.split(/[\s,]+/)
  if (given === null) await ledger.stores.secrets.secretsFor('webhook', offered)
  const signing = new SigningBook({ store: ledger.stores.signing, given, log, clock: ledger.clock })
  await signing.read()
  const sink = httpSink({
    guard,
    connectTimeoutMs: settings.callbackConnectTimeoutMs,
    totalTimeoutMs: settings.callbackTimeoutMs,
    ...(settings.callbackCa === null ? {} : { extraCertificates: await readPrivateAuthorities(settings.callbackCa) }),
  })
  const signals = new Signals<CourierSignal>()
  const courier = new Courier({
    store: ledger.stores.deliveries,
    receivers: ledger.stores.receivers,
    sink,
    secrets: (delivery) => signing.secretsFor(delivery),
    headers: (delivery) => signing.headersFor(delivery),
    waitsSeconds: settings.callbackRetryWaitsSeconds,
    attemptsPerSecond: settings.callbackRate,
    attemptTimeoutMs: settings.callbackTimeoutMs,
    clock: ledger.clock,
    log,
    signals,
  })
  stops.add(
    () => sink.close(),
    async () => {
      await Promise.all([courier.stop(), sink.stopLookingUp()])
    },
  )
  ledger.wakes.on('deliveries', () => courier.wake())
  ledger.handOverTo(courier)
  ledger.wakes.on('signing', () => void signing.refresh())
  // What a sibling tells may be lost on the way; on a ledger of one server there is nobody to tell.
  const looking = ledger.hasSiblings
    ? every({
        everyMs: LOOK_AT_SECRETS_EVERY_MS,
        round: () => signing.refresh(),
        whenItFails: 'could not look for new secrets; trying again',
        log,
      })
    : null
  await looking?.start()
  stops.add(async () => looking?.stop())
  return {
    courier,
    signals,
    signing,
    madeWebhookSecret: signing.serverSecrets.includes(offered) ? offered : null,
    testReceiver: (test) =>
      testReceiver(test, {
        sink,
        signing,
        profile: settings.callbackProfile,
        timeZoneOffsetMinutes: zoneMinutes(settings.timeZone),
        clock: ledger.clock,
      }),
  }
}
