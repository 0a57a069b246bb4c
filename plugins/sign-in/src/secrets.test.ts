import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Database } from '@waqtor/contracts'
import { setPassword } from '@waqtor/plugin-auth/contract'
import sqlite from '@waqtor/plugin-storage-sqlite'
import { describe, expect, it } from 'vitest'
import { password, startSignIn } from './fixtures/start-sign-in.ts'

describe('D13: secrets at rest', () => {
  it('stand nowhere in the data directory of a host that was used, and nobody else can read a file of it', async () => {
    await using it = await startSignIn({ storage: sqlite() })
    const token = /the token ([0-9a-f]+) makes/.exec(it.test.lines.map((line) => line.message).join('\n'))![1]!
    const browser = it.browser()
    await browser.ask('/auth/setup', { method: 'POST', body: { token, name: 'root', password } })
    const id = await it.user('mona', { password: 'four secret words here' })
    const key = await it.key()
    const other = it.browser()
    await other.login('mona', 'four secret words here')
    await other.login('mona', 'a mistyped password')
    await other.login('a password in the wrong place', 'x')
    await it.test.run(setPassword, { id, password: 'another four secret words' })
    const again = it.browser()
    await again.login('mona', 'another four secret words')
    await browser.ask('/keys', { headers: { 'x-api-key': key.key } })
    const copy = join(it.dataDirectory, 'copy.db')
    await it.test.service(Database).backup('host', copy)

    const tokens = [browser, again].map(({ cookies }) => cookies.get('waqtor_session')!)
    const words = [password, 'four secret words here', 'a mistyped password', 'a password in the wrong place']
    const credentials = [key.key, ...tokens]
    const secrets = [
      token,
      ...words,
      'another four secret words',
      ...credentials,
      ...credentials.map((one) => one.split('_')[2]!),
    ]
    const names = (await readdir(it.dataDirectory, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    )
    expect(names.map(({ name }) => name)).toEqual(expect.arrayContaining(['host.db', 'local-key', 'copy.db']))
    for (const { parentPath, name } of names) {
      const path = join(parentPath, name)
      const bytes = await readFile(path)
      for (const secret of secrets) expect(bytes.includes(secret), `${secret} in ${name}`).toBe(false)
      expect((await stat(path)).mode & 0o077, name).toBe(0)
    }
    const said = JSON.stringify([
      it.test.lines.filter((line) => !line.message.includes('makes the first')),
      it.test.events,
    ])
    for (const secret of secrets) expect(said).not.toContain(secret)
  })
})
