import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { z } from '@waqtor/kernel'
import { Card, MediaKind } from '../contract/content.ts'
import type { ChangeRecord, Journal, Kept, PairingRecord, PhoneRecord, Reception } from '../network/journal.ts'
import { AppendFile } from './append-file.ts'
import { readJson, simulatorDirectory, writeJson } from './link-file.ts'

const Pairing = z.object({ pairing: z.string().nullable(), generation: z.int(), number: z.string() })
const base = { time: z.iso.datetime(), instance: z.string(), messageId: z.string() }
const content = {
  body: z.string(),
  kind: z.enum([...MediaKind.options, 'location', 'contact', 'poll']).exactOptional(),
  file: z
    .object({
      sha256: z.string(),
      mimeType: z.string(),
      bytes: z.int(),
      filename: z.string().optional(),
    })
    .exactOptional(),
  card: Card.exactOptional(),
  forwarded: z.literal(true).exactOptional(),
}
const Line = z.union([
  z.object({ ...base, ...content, to: z.string(), bodyHash: z.string() }),
  z.object({
    ...base,
    ...content,
    from: z.string(),
    author: z.string().exactOptional(),
    fromMe: z.literal(true).exactOptional(),
  }),
  z.object({
    ...base,
    chat: z.string(),
    by: z.string(),
    change: z.discriminatedUnion('type', [
      z.object({ type: z.literal('reaction'), emoji: z.string() }),
      z.object({ type: z.literal('edited'), body: z.string() }),
      z.object({ type: z.literal('poll-vote'), options: z.array(z.string()) }),
      z.object({ type: z.enum(['deleted', 'dropped']) }),
    ]),
  }),
])

/**
 * The memory of phones that live in WaQtor's own process: it lies with their accounts, so that a phone still knows its
 * page and its chats after a restart. Of the messages, two files take turns, and the older half is forgotten in one go.
 */
export class PhoneFiles implements Journal {
  readonly #perFile: number
  readonly #places = new Map<string, Place>()

  constructor(historyLimit: number) {
    this.#perFile = Math.ceil(historyLimit / 2)
  }

  /** Says where the files of an account are. Comes before anything else about it. */
  place(instance: string, instanceDirectory: string): void {
    this.release(instance)
    this.#places.set(instance, new Place(simulatorDirectory(instanceDirectory), this.#perFile))
  }

  /** Nobody is connected to the phone any more: its files are open only while something is written. */
  release(instance: string): void {
    this.#places.get(instance)?.release()
  }

  accepted(entries: readonly Kept[]): void {
    if (entries[0]) this.#of(entries[0].instance).append(entries)
  }

  received(entry: Reception): void {
    this.#of(entry.instance).append([entry])
  }

  changed(entry: ChangeRecord): void {
    this.#of(entry.instance).append([entry])
  }

  paired(instance: string, record: PairingRecord): void {
    this.#of(instance).pair(record)
  }

  recall(instance: string): PhoneRecord | undefined {
    return this.#of(instance).recall()
  }

  close(): void {
    for (const place of this.#places.values()) place.release()
    this.#places.clear()
  }

  #of(instance: string): Place {
    const place = this.#places.get(instance)
    if (!place) throw new Error(`nobody said where the files of '${instance}' are`)
    return place
  }
}

class Place {
  readonly #directory: string
  readonly #perFile: number
  readonly #messages: AppendFile
  /** Lines of the present file; not known before it was read. */
  #lines: number | undefined
  #held = true

  constructor(directory: string, perFile: number) {
    this.#directory = directory
    this.#perFile = perFile
    this.#messages = new AppendFile(join(directory, 'messages.jsonl'))
  }

  append(entries: readonly (Kept | Reception | ChangeRecord)[]): void {
    this.#lines ??= readLines(this.#messages.path).length
    if (this.#lines >= this.#perFile) this.#turnOver()
    this.#messages.append(entries.map((it) => JSON.stringify(it)))
    this.#lines += entries.length
    if (!this.#held) this.#messages.close()
  }

  pair(record: PairingRecord): void {
    writeJson(this.#phone, record)
  }

  recall(): PhoneRecord | undefined {
    const pairing = Pairing.safeParse(readJson(this.#phone))
    if (!pairing.success) return undefined
    const older = readLines(this.#older)
    const lines = readLines(this.#messages.path)
    this.#lines = lines.length
    // A line that a power cut has spoiled is passed over.
    const entries = [...older, ...lines]
      .map((it) => Line.safeParse(parse(it)))
      .flatMap((it) => (it.success ? [it.data] : []))
    return { ...pairing.data, entries, truncated: older.length > 0 }
  }

  release(): void {
    this.#held = false
    this.#messages.close()
  }

  get #phone(): string {
    return join(this.#directory, 'phone.json')
  }

  get #older(): string {
    return join(this.#directory, 'messages.1.jsonl')
  }

  #turnOver(): void {
    this.#messages.close()
    renameSync(this.#messages.path, this.#older)
    this.#lines = 0
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((it) => it !== '')
  } catch {
    return []
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
