import type { CliIo } from '@waqtor/contracts'
import { nameAndValue, only, parse } from '@waqtor/contracts/cli-usage'
import type { z } from '@waqtor/kernel'
import type { Contact, OptOut } from '../contract.ts'

const instance = { type: 'string', default: 'default' } as const
const limit = { type: 'string', default: '50' } as const

interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** `waqtor contacts list` */
export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values } = parse(argv, { instance, limit, search: { type: 'string' }, tag: { type: 'string' } })
  await using client = await io.connect()
  const { items, nextCursor } = (await client.execute('contacts.list', values)) as Page<Contact>
  if (io.json) io.print(JSON.stringify(items))
  else if (items.length === 0) io.print('nobody yet: waqtor contacts add +201001234567 --name Mona')
  else for (const it of items) io.print(line(it))
  if (nextCursor && !io.json) io.note('there are more; --limit shows up to 500')
  return 0
}

/** `waqtor contacts show <phone>` */
export async function showCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, { instance })
  const contactId = only(positionals, 'the phone number')
  await using client = await io.connect()
  const contact = (await client.execute('contacts.get', { ...values, contactId })) as Contact
  if (io.json) io.print(JSON.stringify(contact))
  else for (const it of described(contact)) io.print(it)
  return 0
}

/** `waqtor contacts add <phone>` */
export async function addCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    instance,
    name: { type: 'string' },
    language: { type: 'string' },
    tag: { type: 'string', multiple: true, default: [] },
    field: { type: 'string', multiple: true, default: [] },
  })
  const { tag, field, ...rest } = values
  const phone = only(positionals, 'the phone number')
  const input = { ...rest, phone, tags: tag, fields: Object.fromEntries(field.map((it) => nameAndValue('field', it))) }
  await using client = await io.connect()
  const contact = (await client.execute('contacts.create', input)) as Contact
  io.print(io.json ? JSON.stringify(contact) : line(contact))
  return 0
}

/** `waqtor contacts opt-outs` */
export async function optOutsCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values } = parse(argv, { instance, limit })
  await using client = await io.connect()
  const { items } = (await client.execute('optOuts.list', values)) as Page<z.output<typeof OptOut>>
  if (io.json) io.print(JSON.stringify(items))
  else if (items.length === 0) io.print('nobody has opted out')
  else
    for (const { at, chatId, via, reason } of items)
      io.print(`${day(at)}  ${(chatId ?? '(erased)').padEnd(22)}  ${via}${reason === null ? '' : `: ${reason}`}`)
  return 0
}

function line(it: Contact): string {
  const marks = [...it.tags.map((tag) => `#${tag}`), ...(it.optedOutAt === null ? [] : ['opted out'])]
  return [(it.phone ?? it.chatId).padEnd(16), it.name, ...marks].join('  ').trimEnd()
}

function described(it: Contact): string[] {
  const consent = it.consent && `${day(it.consent.at)}, ${it.consent.source}: ${it.consent.text}`
  const rows: [string, string | null][] = [
    ['phone', it.phone ?? it.chatId],
    ['name', it.name],
    ['language', it.language],
    ['tags', it.tags.join(', ')],
    ...Object.entries(it.fields),
    ['consent', consent],
    ['opted out', it.optedOutAt && day(it.optedOutAt)],
    ['wrote', it.wroteAt && day(it.wroteAt)],
  ].map(([name, value]) => [String(name), value ? String(value) : null])
  return rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}  ${value}`]))
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}
