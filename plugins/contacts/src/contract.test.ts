import { type CommandToken, z } from '@waqtor/kernel'
import { expect, it } from 'vitest'
import * as contract from './contract.ts'

const isCommand = (it: unknown): it is CommandToken => typeof it === 'object' && it !== null && 'input' in it
const commands = Object.values<unknown>(contract).filter(isCommand)

it('can be written down as JSON schemas, and its examples are right', () => {
  expect(commands.length).toBeGreaterThan(15)
  for (const { input, output, hints, http } of commands) {
    z.toJSONSchema(input, { io: 'input' })
    z.toJSONSchema(output)
    const named = Object.fromEntries([...(http?.path.matchAll(/\{(\w+)\}/g) ?? [])].map(([, name]) => [name, 'con_1']))
    if (hints?.example) input.parse({ ...named, ...hints.example })
  }
  expect(contract.Language.parse('ZH-hant-tw')).toBe('zh-Hant-TW')
})
