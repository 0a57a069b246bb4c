import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HostInfo, Settings } from '@waqtor/contracts'
import { z } from '@waqtor/kernel'
import { fake, leftBehind, snapshot, type TestKernel, testKernel } from '@waqtor/kernel/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import settings from './index.ts'

const Branding = z.strictObject({
  title: z.string().default('WaQtor'),
  colors: z.array(z.string()).default([]),
  limits: z.object({ perDay: z.int().min(0).default(10) }).prefault({}),
})

let data: string
let test: TestKernel
let service: Settings
let path: string

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'waqtor-settings-'))
  path = join(data, 'settings/branding.json')
  test = await start()
  service = test.service(Settings)
})

afterEach(async () => {
  await test.kernel.close()
  rmSync(data, { recursive: true })
})

function start(config?: Parameters<typeof settings>[0]): Promise<TestKernel> {
  return testKernel({ plugins: [settings(config)], fakes: [fake(HostInfo, { dataDirectory: data })] })
}

function edit(text: string): void {
  mkdirSync(join(data, 'settings'), { recursive: true })
  writeFileSync(path, text)
}

describe('a settings document', () => {
  it('is the defaults of its schema where there is no file, and makes none', async () => {
    const branding = service.document('branding', Branding)
    expect(await branding.get()).toEqual({ title: 'WaQtor', colors: [], limits: { perDay: 10 } })
    expect(await service.document('list', z.array(z.string()).default(['a'])).get()).toEqual(['a'])
    expect(readdirSync(data)).toEqual([])
  })

  it('is kept in a file that a person can read, closed to other users', async () => {
    const branding = service.document('branding', Branding)
    const answer = await branding.update((current) => ({ ...current, title: 'Ürün متجر' }))
    expect(answer.title).toBe('Ürün متجر')
    expect(await branding.get()).toEqual(answer)
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(answer, null, 2)}\n`)
    expect(readdirSync(join(data, 'settings'))).toEqual(['branding.json'])
    if (process.platform === 'win32') return
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(data, 'settings')).mode & 0o777).toBe(0o700)
  })

  it('shows what was edited by hand, with the defaults for what the file leaves out', async () => {
    const branding = service.document('branding', Branding)
    await branding.update((current) => ({ ...current, title: 'first' }))
    edit('\uFEFF{ "title": "by hand" }')
    expect(await branding.get()).toEqual({ title: 'by hand', colors: [], limits: { perDay: 10 } })
    // An editor that replaces the file by another one of the same size.
    writeFileSync(`${path}.new`, '\uFEFF{ "title": "by HAND" }')
    renameSync(`${path}.new`, path)
    expect((await branding.get()).title).toBe('by HAND')
    await branding.update((current) => ({ ...current, colors: ['teal'] }))
    expect(await branding.get()).toMatchObject({ title: 'by HAND', colors: ['teal'] })
    rmSync(path)
    expect((await branding.get()).title).toBe('WaQtor')
  })

  it('is never changed through what it has answered', async () => {
    const open = service.document('open', z.object({ anything: z.unknown().optional() }))
    await open.update(() => ({ anything: { deep: [1] } }))
    const first = (await open.get()).anything as { deep: number[] }
    first.deep.push(2)
    expect(await open.get()).toEqual({ anything: { deep: [1] } })
  })

  it.each([
    ['no JSON', '{ "title": "x" ', /are no JSON: .*position/],
    ['empty', '', /are no JSON/],
    ['of another shape', '{ "title": 7, "colors": "red" }', /do not fit: at 'title': .*; at 'colors': /],
    ['holding an unknown field', '{ "titel": "x" }', /titel/],
    ['a list', '[]', /do not fit: /],
  ])('is refused with its path when it is %s, and left as it is', async (_, text, message) => {
    const branding = service.document('branding', Branding)
    edit(text)
    const expected = { code: 'WAQ_SETTINGS_INVALID', message: expect.stringMatching(message) }
    await expect(branding.get()).rejects.toMatchObject(expected)
    await expect(branding.get()).rejects.toThrow(path)
    await expect(branding.update((current) => current)).rejects.toMatchObject(expected)
    expect(readFileSync(path, 'utf8')).toBe(text)
    edit('{}')
    expect((await branding.get()).title).toBe('WaQtor')
  })

  it('is left as it is by a change that does not fit or throws, and later changes go on', async () => {
    const branding = service.document('branding', Branding)
    await branding.update((current) => ({ ...current, title: 'kept' }))
    await expect(branding.update((current) => ({ ...current, limits: { perDay: -1 } }))).rejects.toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      details: { errors: [{ path: 'limits.perDay' }] },
    })
    const mistake = new Error('changed my mind')
    await expect(
      branding.update(() => {
        throw mistake
      }),
    ).rejects.toBe(mistake)
    expect((await branding.get()).title).toBe('kept')
    expect((await branding.update((current) => ({ ...current, title: 'next' }))).title).toBe('next')
  })

  it('loses no change when many are asked for at once, by whomever', async () => {
    const Counter = z.object({ n: z.int().default(0), seen: z.array(z.int()).default([]) })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 }), async (steps) => {
        rmSync(join(data, 'settings/counter.json'), { force: true })
        await Promise.all(
          steps.map((step) =>
            service.document('counter', Counter).update(({ n, seen }) => ({ n: n + step, seen: [...seen, step] })),
          ),
        )
        const { n, seen } = await service.document('counter', Counter).get()
        expect({ n, seen }).toEqual({ n: steps.reduce((a, b) => a + b, 0), seen: steps })
      }),
      { numRuns: 20 },
    )
  })

  it('is refused when the schema has no default and there is no file', async () => {
    const strict = service.document('strict', z.object({ needed: z.string() }))
    await expect(strict.get()).rejects.toMatchObject({
      code: 'WAQ_SETTINGS_INVALID',
      message: expect.stringContaining('needed'),
    })
  })

  it('names the path when the file cannot be read or written', async () => {
    const branding = service.document('branding', Branding)
    mkdirSync(path, { recursive: true })
    const expected = { code: 'WAQ_STORAGE_FAILED', message: expect.stringContaining(path) }
    await expect(branding.get()).rejects.toMatchObject(expected)
    rmSync(join(data, 'settings'), { recursive: true })
    writeFileSync(join(data, 'settings'), 'in the way')
    await expect(branding.get()).rejects.toMatchObject(expected)
    rmSync(join(data, 'settings'))
    const blocked = branding.update((current) => {
      writeFileSync(join(data, 'settings'), 'in the way')
      return current
    })
    await expect(blocked).rejects.toMatchObject(expected)
    rmSync(join(data, 'settings'))
  })

  it.each([
    '{ "title": "x", "__proto__": { "polluted": true } }',
    '{ "limits": { "__proto__": { "polluted": true } } }',
    '{ "constructor": { "prototype": { "polluted": true } } }',
    '{ "__proto__": [], "title": "x" }',
  ])('B4: reaches no prototype, whoever edited it: %s', async (text) => {
    edit(text)
    const Free = z.record(z.string(), z.unknown()).default({})
    for (const schema of [Branding, z.looseObject({ title: z.string().default('a') }), Free]) {
      const document = service.document('branding', schema as typeof Branding)
      const read = await document.get().catch((error: { code: string }) => ({ refused: error.code }))
      expect(read).not.toHaveProperty('polluted')
      expect((read as { limits?: object }).limits ?? {}).not.toHaveProperty('polluted')
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
      await document.update((current) => ({ ...current, title: 'y' })).catch(() => {})
    }
    expect({}).not.toHaveProperty('polluted')
  })

  it('B6: cannot be named so that it leads out of the directory', () => {
    for (const name of ['', '..', '../x', 'a/b', 'A', 'a_b', 'a b', '-a', 'a-', 'a.json', 'x'.repeat(65)]) {
      expect(() => service.document(name, Branding)).toThrow(expect.objectContaining({ code: 'WAQ_INPUT_INVALID' }))
    }
  })
})

describe('a copy of all documents', () => {
  it('holds every document as it is, closed to other users, and nothing else that lies there', async () => {
    const to = join(data, 'copy')
    mkdirSync(to)
    expect(await service.backup(to)).toEqual([])
    await service.document('branding', Branding).update((current) => ({ ...current, title: 'kept' }))
    writeFileSync(join(data, 'settings/by-hand.json'), 'no JSON at all', { mode: 0o644 })
    writeFileSync(join(data, 'settings/Notes.txt'), 'x')
    mkdirSync(join(data, 'settings/folder.json'))
    expect(await service.backup(to)).toEqual(['branding.json', 'by-hand.json'])
    expect(readdirSync(to).sort()).toEqual(['branding.json', 'by-hand.json'])
    expect(readFileSync(join(to, 'branding.json'))).toEqual(readFileSync(path))
    expect(readFileSync(join(to, 'by-hand.json'), 'utf8')).toBe('no JSON at all')
    if (process.platform !== 'win32') expect(statSync(join(to, 'by-hand.json')).mode & 0o777).toBe(0o600)
    await expect(service.backup(join(data, 'missing'))).rejects.toMatchObject({ code: 'WAQ_STORAGE_FAILED' })
  })
})

describe('the settings plugin', () => {
  it('finishes the changes that were asked for before it closes, and leaves nothing behind', async () => {
    const before = snapshot()
    const other = await start({ directory: 'elsewhere' })
    void other
      .service(Settings)
      .document('branding', Branding)
      .update((current) => ({ ...current, title: 'late' }))
    await other.kernel.close()
    expect(JSON.parse(readFileSync(join(data, 'elsewhere/branding.json'), 'utf8'))).toMatchObject({ title: 'late' })
    expect(await leftBehind(before, () => snapshot())).toEqual([])
  })
})
