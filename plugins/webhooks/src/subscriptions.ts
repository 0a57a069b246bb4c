import type { Envelope, EventBus, EventToken, Guarded } from '@waqtor/kernel'

/** A type of event that a webhook wants, and since when: what happened before is not delivered. */
export interface Subscription {
  readonly name: string
  readonly since: number
}

/** Something that can be subscribed to. */
export interface Kind {
  readonly name: string
  /** The event on the bus behind it. */
  readonly event: string
  /** Who may see it. */
  readonly guard: Guarded
  readonly summary: string
  /** In a log, and so delivered until it is taken. What is not is told at once and kept nowhere. */
  readonly stored: boolean
  /** Whether it has a short name, and so the short body. */
  readonly short: boolean
}

interface ShortName {
  readonly event: string
  /** Stands in while no plugin has the event. */
  readonly permission: string
  readonly summary: string
  readonly takes?: (data: Readonly<Record<string, unknown>>) => boolean
}

const ended = ['disconnected', 'auth_failure', 'stopped']

/** The names that earlier clients know. */
const shortNames: Readonly<Record<string, ShortName>> = {
  message_received: { event: 'message.received', permission: 'messages:read', summary: 'A message came in' },
  message_sent: { event: 'message.sent', permission: 'messages:read', summary: 'The network accepted a message' },
  campaign_executed: { event: 'campaign.started', permission: 'campaigns:read', summary: 'A campaign began to send' },
  campaign_completed: { event: 'campaign.completed', permission: 'campaigns:read', summary: 'A campaign is done' },
  client_connected: {
    event: 'session.status',
    permission: 'instances:read',
    summary: 'A session became ready',
    takes: ({ status }) => status === 'ready',
  },
  client_disconnected: {
    event: 'session.status',
    permission: 'instances:read',
    summary: 'A session was lost or ended',
    takes: ({ status }) => ended.includes(String(status)),
  },
  smartbot_reply: { event: 'smartbot.reply', permission: 'smartbot:read', summary: 'The bot answered' },
  session_qr: { event: 'session.qr', permission: 'instances:pair', summary: 'A QR code waits to be scanned' },
}

/** Secrets of the moment: they are told where they are wanted and stored nowhere. No other transient event is delivered. */
const live: ReadonlySet<string> = new Set(['session.qr', 'session.pairing-code'])

const shortOf = (name: string): ShortName | undefined =>
  Object.hasOwn(shortNames, name) ? shortNames[name] : undefined

/** What a name stands for; nothing when it cannot be subscribed to. */
export function kindOf(name: string, events: Pick<EventBus, 'get'>): Kind | undefined {
  const short = shortOf(name)
  const token = events.get(short?.event ?? name)
  if (short) {
    const { event, permission, summary } = short
    const guard = token ?? { id: event, permission, scope: 'instance' as const }
    return { name, event, guard, summary, stored: !live.has(event), short: true }
  }
  return token && isDeliverable(token)
    ? { name, event: name, guard: token, summary: token.summary ?? '', stored: token.kind === 'recorded', short: false }
    : undefined
}

/** Everything that can be subscribed to at present. */
export function kinds(events: Pick<EventBus, 'get' | 'list'>): readonly Kind[] {
  const long = events.list().filter((it) => isDeliverable(it))
  return [...long.map((it) => it.id), ...Object.keys(shortNames)].map((name) => kindOf(name, events)!)
}

/** The event on the bus that a subscription is about. */
export function eventOf(name: string): string {
  return shortOf(name)?.event ?? name
}

/** Whether what a subscription is about never enters a log. */
export function isLive(name: string): boolean {
  return live.has(eventOf(name))
}

/**
 * Under which of its subscriptions a webhook gets an event; nothing when it does not. One event is delivered once: its own
 * name goes before a short one.
 */
export function nameFor(subscriptions: readonly Subscription[], event: Envelope, now: number): string | undefined {
  const time = Date.parse(event.time)
  const wanted = subscriptions.filter(({ name, since }) => {
    if (eventOf(name) !== event.type) return false
    // A beginning that lies ahead says that the clock was set back: then nothing says what was before.
    return (time >= since || now < since) && (shortOf(name)?.takes?.(event.data as never) ?? true)
  })
  return (wanted.find(({ name }) => name === event.type) ?? wanted[0])?.name
}

/** What is sent: the event as the log has it or, under a short name, in the short form. */
export function bodyOf(name: string, { id, type, instance, time, sequence, data }: Envelope): string {
  return JSON.stringify(
    shortOf(name)
      ? { event: name, instance, data, timestamp: Date.parse(time) }
      : { id, type, instance, time, ...(sequence !== undefined && { sequence }), data },
  )
}

// What came of a delivery is an event as well: delivered in its turn, one failure would make the next.
function isDeliverable({ id, kind }: EventToken): boolean {
  return live.has(id) || (kind === 'recorded' && !id.startsWith('webhook.'))
}
