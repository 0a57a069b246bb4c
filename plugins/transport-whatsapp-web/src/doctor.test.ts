import { expect, it } from 'vitest'
import { doctorChecks, sandbox, sharedMemory } from './doctor.ts'

const MB = 1024 * 1024

it('looks at the sandbox', () => {
  expect(sandbox({ isRoot: false, isLinux: true, userNamespaces: '1' }).ok).toBe(true)
  expect(sandbox({ isRoot: false, isLinux: true, userNamespaces: null }).ok).toBe(true)
  expect(sandbox({ isRoot: false, isLinux: true, userNamespaces: '0' })).toMatchObject({
    ok: false,
    fix: expect.stringMatching(/sysctl/),
  })
  expect(sandbox({ isRoot: true, isLinux: true, userNamespaces: '0' }).found).toMatch(/root/)
  expect(sandbox({ isRoot: false, isLinux: false, userNamespaces: null }).ok).toBe(true)
})

it('looks at the memory that is shared', () => {
  expect(sharedMemory(null).ok).toBe(true)
  expect(sharedMemory(10 * MB).found).toMatch(/do without/)
  expect(sharedMemory(100 * MB).found).toBe('100 MB free in /dev/shm')
})

it('says something of each, on this machine', async () => {
  for (const { name, check } of doctorChecks) expect((await check({})).found, name).not.toBe('')
})

it('looks at the Chromium that the config names, and at no other', async () => {
  const [{ check } = { check: () => undefined }] = doctorChecks
  expect(await check({ chromium: { executablePath: '/nowhere/chromium' } })).toMatchObject({
    ok: false,
    found: expect.stringContaining('/nowhere/chromium'),
  })
})
