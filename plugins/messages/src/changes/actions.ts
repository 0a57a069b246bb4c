import {
  type DatabaseFile,
  type EventLog,
  fail,
  type Instances,
  type MessageAction,
  type MessageChange,
  TransportError,
} from '@waqtor/contracts'
import type { Call } from '@waqtor/kernel'
import { requireMessage } from '../message-store.ts'
import { applyChanges } from './apply.ts'

export interface ActionsOptions {
  readonly instances: Instances
  readonly events: EventLog
  readonly fileOf: (instance: string) => DatabaseFile
  /** How long an action waits for the session. Milliseconds. */
  readonly waitMs: number
}

interface OneMessage {
  readonly instance: string
  readonly messageId: string
}

/** What is done to messages and in chats. Nothing of it is kept for later: it is done now, or the caller hears why not. */
export class Actions {
  readonly #options: ActionsOptions

  constructor(options: ActionsOptions) {
    this.#options = options
  }

  async react({ emoji, ...one }: OneMessage & { readonly emoji: string }, call: Call): Promise<void> {
    await this.#change(one, { do: 'react', messageId: one.messageId, emoji }, { type: 'reaction', emoji }, call)
  }

  async edit({ text: body, ...one }: OneMessage & { readonly text: string }, call: Call): Promise<void> {
    await this.#change(one, { do: 'edit', messageId: one.messageId, body }, { type: 'edited', body }, call)
  }

  async delete({ forEveryone, ...one }: OneMessage & { readonly forEveryone: boolean }, call: Call): Promise<void> {
    await this.#change(one, { do: 'delete', messageId: one.messageId, forEveryone }, { type: 'deleted' }, call)
  }

  /** @throws WaqtorError as the transport says */
  async perform(instance: string, action: MessageAction, call: Call): Promise<void> {
    const { instances, waitMs } = this.#options
    const { transport } = await instances.ready(instance, { timeoutMs: waitMs, signal: call.signal })
    if (!transport.act) throw fail('WAQ_ACTION_UNSUPPORTED', `the transport of '${instance}' cannot do '${action.do}'`)
    try {
      await transport.act(action)
    } catch (error) {
      throw translate(error)
    }
  }

  /** Does it, then writes it down as if somebody else had done it: what the network echoes of it is then no news. */
  async #change(
    { instance, messageId }: OneMessage,
    action: MessageAction,
    what: MessageChange extends infer C ? (C extends MessageChange ? Omit<C, keyof Who> : never) : never,
    call: Call,
  ): Promise<void> {
    const { instances, events, fileOf } = this.#options
    const file = fileOf(instance)
    const { chat_id: chatId } = await requireMessage(file, messageId)
    await this.perform(instance, action, call)
    const from = `${instances.clientInfo(instance)?.phoneNumber ?? ''}@c.us`
    const change: MessageChange = { messageId, chatId, from, timestamp: Date.now(), ...what }
    await file.write((tx) => applyChanges(tx, events, [change]))
  }
}

type Who = Pick<MessageChange, 'messageId' | 'chatId' | 'from' | 'timestamp'>

/** How an action ended badly, as its caller is told. */
export function translate(error: unknown): Error {
  const failure = error instanceof TransportError ? error.failure : 'unknown'
  const { message } = error instanceof Error ? error : { message: String(error) }
  switch (failure) {
    case 'not-connected':
      return fail('WAQ_SESSION_NOT_READY', `the connection was lost: ${message}`, { retryAfter: 5, cause: error })
    case 'refused':
    case 'restricted':
    case 'invalid-number':
      return fail('WAQ_ACTION_REFUSED', `it was not done: ${message}`, { cause: error })
    case 'unknown':
      return fail('WAQ_ACTION_UNKNOWN', `it is not known whether it was done: ${message}`, {
        retryAfter: 5,
        cause: error,
      })
  }
}
