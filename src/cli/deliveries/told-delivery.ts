/** A delivery as the JSON door tells it. */
export interface ToldDelivery {
  readonly deliveryId: string
  readonly eventId: string
  readonly event: string
  readonly subject: string
  readonly state: string
  readonly url: string
  readonly contentType: string
  readonly createTime: string
  readonly dueTime: string | null
  readonly endTime: string | null
}

export interface ToldAttempt {
  readonly startTime: string
  readonly durationMs: number
  readonly address: string | null
  readonly status: number | null
  readonly answer: string
  readonly error: string | null
}

/** In a list: how many attempts, and the last of them. */
export interface ListedDelivery extends ToldDelivery {
  readonly attempts: number
  readonly lastAttempt: ToldAttempt | null
}

export interface DeliveryInFull extends ToldDelivery {
  readonly attempts: readonly ToldAttempt[]
  readonly body: string | null
}
