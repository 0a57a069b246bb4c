/** How far an action is: it is about to begin, it is over, or it failed or was refused. */
export type Phase = 'attempt' | 'done' | 'failed'

/** What is written of an action. */
export interface AuditFacts {
  readonly time: number
  readonly callId: string | null
  readonly action: string
  readonly phase: Phase
  /** The row of the attempt that this is the outcome of; `null` for an attempt, or for what had none. */
  readonly attempt: number | null
  readonly principal: string | null
  readonly role: string | null
  readonly credential: string | null
  readonly via: string | null
  readonly address: string | null
  readonly instance: string | null
  /** JSON. */
  readonly target: string
  readonly code: string | null
}

/** A row as it stands in the log. */
export interface AuditRow extends AuditFacts {
  readonly seq: number
  readonly prevHash: string
  readonly hash: string
}
