import { fail } from '@waqtor/contracts'
import type { z } from '@waqtor/kernel'
import { type Normalize, personChatId } from '../contacts/refs.ts'
import type * as contract from '../contract.ts'
import { decodeCursor, encodeCursor, pageOf } from '../cursor.ts'
import type { InstanceFiles } from '../files.ts'
import type { Choices } from './choices.ts'
import { selectOptOuts } from './store.ts'

type Input<C extends { readonly input: z.ZodType }> = z.output<C['input']>

export interface OptOutBookOptions {
  readonly files: InstanceFiles
  readonly normalize: Normalize
  readonly choices: Choices
}

/** The commands about who wants to hear no more. */
export class OptOutBook {
  readonly #options: OptOutBookOptions

  constructor(options: OptOutBookOptions) {
    this.#options = options
  }

  async list({ instance, limit, cursor }: Input<typeof contract.listOptOuts>) {
    const [at, hash] = decodeCursor('opt-outs', [Number.MAX_SAFE_INTEGER, ''] as const, cursor)
    const rows = await selectOptOuts(await this.#options.files(instance), { at, hash }, limit + 1)
    return pageOf(
      rows,
      limit,
      ({ chat_id, contact_id, at, via, reason }) => ({ chatId: chat_id, contactId: contact_id, at, via, reason }),
      (it) => encodeCursor('opt-outs', [it.at, it.chat_hash]),
    )
  }

  async add({ instance, numbers, reason }: Input<typeof contract.addOptOuts>): Promise<{ added: number }> {
    const { files, normalize, choices } = this.#options
    const chatIds = [...new Set(numbers.map((it) => personChatId(normalize, it)))]
    const file = await files(instance)
    const added = await file.write((tx) => choices.optOut(tx, chatIds, { via: 'request', at: Date.now(), reason }))
    return { added }
  }

  async remove({ instance, number, reason }: Input<typeof contract.removeOptOut>): Promise<void> {
    const { files, normalize, choices } = this.#options
    const chatId = personChatId(normalize, number)
    const file = await files(instance)
    await file.write(async (tx) => {
      const ended = await choices.optIn(tx, [chatId], { via: 'request', at: Date.now(), reason })
      if (ended === 0) throw fail('WAQ_NOT_FOUND', `'${number}' has not opted out`)
    })
  }
}
