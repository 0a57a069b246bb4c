import { mediaHash } from '@waqtor/contracts'
import { Account } from '@waqtor/transport-suite'
import { describe, expect, it } from 'vitest'
import { LocalAccess } from '../local-access.ts'
import { SimulatorTransport } from '../transport.ts'
import { wellBehaved } from './behaviour.ts'
import { systemClock } from './clock.ts'
import { FileStore } from './file-store.ts'
import { PIECE_BYTES } from './operations.ts'
import { Transfers } from './transfers.ts'

const chatId = '201001234567@c.us'

describe('a file', () => {
  it('travels in pieces, once for all messages that carry it, and comes back whole', async () => {
    const behaviour = wellBehaved('files')
    const access = new LocalAccess({ clock: systemClock, identity: 'files', behaviour, historyLimit: 100 })
    const asked: string[] = []
    const watched = Object.assign(Object.create(access) as LocalAccess, {
      open: (...args: Parameters<LocalAccess['open']>) => {
        const session = access.open(...args)
        return {
          close: () => session.close(),
          request: (...[operation, answer]: Parameters<typeof session.request>) => {
            asked.push(operation.do)
            session.request(operation, answer)
          },
        }
      },
    })
    const options = { access: watched, clock: systemClock, autoPair: true, preDrawnIds: true, absentAfterMs: 1 }
    await using account = await Account.create('default')
    const { transport } = await account.ready({
      kind: 'simulator',
      create: (setup) => new SimulatorTransport({ ...options, answerTimeoutMs: 5_000 }, setup),
    })
    const data = new Uint8Array(PIECE_BYTES * 2 + 1).map((_, i) => i % 251)
    const media = { kind: 'document', mimeType: 'application/pdf', data, filename: 'big.pdf' } as const
    const sends = ['', 'again', 'and again'].map((body) => transport.send({ chatId, body, media }))
    const [{ messageId } = { messageId: '' }] = await Promise.all(sends)
    await transport.send({ chatId, body: 'later', media })
    expect(asked.filter((it) => it === 'upload')).toHaveLength(3)
    expect(await transport.download!(messageId, data.byteLength)).toEqual({
      mimeType: 'application/pdf',
      filename: 'big.pdf',
      data,
    })
    expect(asked.filter((it) => it === 'download')).toHaveLength(3)
    const empty = { kind: 'document', mimeType: 'text/plain', data: new Uint8Array() } as const
    const nothing = await transport.send({ chatId, body: '', media: empty })
    expect((await transport.download!(nothing.messageId, 1))?.data.byteLength).toBe(0)
    access.close()
  })

  it('is refused when it is not what it is said to be, or when its beginning is missing', () => {
    const store = new FileStore(1_000)
    const transfers = new Transfers(store)
    const upload = (text: string, offset: number, last: boolean, sha256 = mediaHash(Buffer.from('abcd'))) =>
      transfers.upload({ do: 'upload', sha256, offset, data: Buffer.from(text).toString('base64'), last })
    expect(upload('cd', 2, true)).toMatchObject({ failure: 'refused' })
    expect(upload('ab', 0, false)).toEqual({ ok: null })
    expect(upload('xx', 2, true)).toMatchObject({ failure: 'refused' })
    // Others that never end do not keep theirs for ever.
    upload('ab', 0, false)
    for (let i = 0; i < 100; i++) upload('ab', 0, false, String(i).padStart(64, '0'))
    expect(upload('cd', 2, true)).toMatchObject({ failure: 'refused' })
    upload('ab', 0, false)
    expect(upload('cd', 2, true)).toEqual({ ok: null })
    expect(store.get(mediaHash(Buffer.from('abcd')))).toEqual(Buffer.from('abcd'))
    // Another account brings the same file at the same time.
    const both = mediaHash(Buffer.from('abcdef'))
    for (const [text, offset, last] of [
      ['ab', 0, false],
      ['ab', 0, false],
      ['cd', 2, false],
      ['cd', 2, false],
      ['ef', 4, true],
      ['ef', 4, true],
    ] as const)
      expect(upload(text, offset, last, both)).toEqual({ ok: null })
    expect(store.get(both)).toEqual(Buffer.from('abcdef'))
  })
})
