import type { Change } from '../options.ts'
import type { Account } from './accounts.ts'
import type { Item } from './frames.ts'
import { numberOf } from './numbers.ts'
import { newStanza } from './post.ts'
import type { Trace } from './traces.ts'

/** What somebody does to a message, as the page of an account gets it. */
export function itemFor(change: Change, account: Account, trace: Trace): Item {
  const key = trace.keys.get(account.number)
  if (key === undefined) throw new Error(`'${account.name}' has no message '${change.messageId}'`)
  const timestamp = Date.now()
  if (change.edit !== undefined) return { what: 'edit', key, body: change.edit, timestamp }
  if (change.delete) return { what: 'revoke', key }
  const from = doer(change, account, trace, key)
  const row = { parent: key, id: newStanza(), from, timestamp }
  if (change.react !== undefined) return { what: 'reaction', emoji: change.react, ...row }
  if (change.vote === undefined) throw new Error('say what is done: react, edit, delete, vote or ack')
  const options = change.vote.map((it) => trace.options.indexOf(it))
  if (options.includes(-1)) throw new Error(`the poll has only the options ${trace.options.join(', ')}`)
  return { what: 'vote', options, ...row }
}

/** The other side of the chat, under the address that the page has for it. */
function doer({ from }: Change, account: Account, { from: writer, to }: Trace, key: string): string {
  if (from !== undefined) return from.includes('@') ? from : `${from}@c.us`
  const chat = key.split('_')[1] ?? to
  if (!chat.endsWith('@g.us')) return chat
  return writer === account.number ? `${numberOf(to) ?? writer}@c.us` : `${writer}@c.us`
}
