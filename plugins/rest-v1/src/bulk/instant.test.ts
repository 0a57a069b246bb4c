import type { CompatibleExecute } from '@waqtor/contracts'
import { fail } from '@waqtor/contracts'
import { WaqtorError } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { recipientsOf } from '../recipients.ts'
import { sendInstantly } from './instant.ts'

const four = recipientsOf({ recipients: ['1', '2', '3', '4'] })

/** Sends, or fails for those numbers as told. */
function network(failures: Readonly<Record<string, unknown>>) {
  const tried: string[] = []
  const execute = (async (_: unknown, input: { chatId: string }) => {
    tried.push(input.chatId)
    if (failures[input.chatId]) throw failures[input.chatId]
    return { messageId: `m${input.chatId}`, timestamp: 1 }
  }) as unknown as CompatibleExecute
  return { tried, send: () => sendInstantly('default', four, { text: 'x' }, undefined, execute) }
}

describe('a few messages', () => {
  it('go on after what concerns one of them', async () => {
    const { send, tried } = network({
      2: fail('WAQ_SEND_UNKNOWN', 'SELECT secret'),
      3: fail('WAQ_CHAT_ID_INVALID', "'3' is no number"),
    })
    expect(await send()).toEqual([
      { to: '1', success: true, messageId: 'm1', timestamp: 1 },
      { to: '2', success: false, code: 'send_unknown', error: expect.stringContaining('never sent twice') },
      { to: '3', success: false, code: 'chat_id_invalid', error: "'3' is no number" },
      { to: '4', success: true, messageId: 'm4', timestamp: 1 },
    ])
    expect(tried).toEqual(['1', '2', '3', '4'])
  })

  it.each([
    [fail('WAQ_SESSION_NOT_READY', 'at /home/me'), 'session_not_ready'],
    [new WaqtorError('WAQ_FORBIDDEN', 'not any more'), 'forbidden'],
    [new WaqtorError('WAQ_OF_SOMEBODY', 'SELECT secret', { status: 500 }), 'of_somebody'],
    [new Error('SELECT secret'), 'command_failed'],
  ])('stop at what concerns all of them, and B11: do not tell what it was: %s', async (error, code) => {
    const { send, tried } = network({ 2: error })
    const outcomes = await send()
    expect(outcomes.map((it) => ('code' in it ? it.code : it.success))).toEqual([true, code, code, code])
    expect(JSON.stringify(outcomes)).not.toMatch(/SELECT|home|secret/)
    expect(tried).toEqual(['1', '2'])
  })

  it('fail as a whole where the first finds that out', async () => {
    const error = fail('WAQ_SESSION_NOT_READY', 'x')
    await expect(network({ 1: error }).send()).rejects.toBe(error)
  })
})
