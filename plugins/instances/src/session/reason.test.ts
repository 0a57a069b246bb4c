import { mkdir } from 'node:fs/promises'
import { fail } from '@waqtor/contracts'
import { WaqtorError } from '@waqtor/kernel'
import { expect, it } from 'vitest'
import { reasonOf } from './reason.ts'

it('says what a transport said', () => {
  expect(reasonOf(new Error('no Chromium was found'))).toBe('no Chromium was found')
  expect(reasonOf('odd')).toBe('odd')
})

it('says what to do about a database, and not where it lies', () => {
  const reason = reasonOf(fail('WAQ_STORAGE_CORRUPT', "'/srv/data/instances/shop/waqtor.db' is damaged"))
  expect(reason).toBe(
    'its database cannot be used (storage_corrupt). The file was left as it is: restore a backup, or move it away.',
  )
  expect(reasonOf(new WaqtorError('WAQ_STORAGE_ODD', '/srv'))).toBe(
    'its database cannot be used (storage_odd). See the log.',
  )
})

it('names what the system refused, and no path', async () => {
  const error = await mkdir('/proc/nowhere/secret').catch((it: unknown) => it)
  expect(reasonOf(error)).toMatch(/^the system refused 'mkdir' \(\w+\); the log names the file$/)
})
