import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findChromium } from './find.ts'
import { ensureChromium, waysToInstall } from './install.ts'
import { launchOptions } from './launch-options.ts'
import { chromiumVersion } from './version.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waqtor-chromium-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function program(path: string): Promise<string> {
  const file = join(directory, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, '#!/bin/sh\necho Chromium 1.2.3\n')
  await chmod(file, 0o755)
  return file
}

describe('Chromium is found', () => {
  it('where the config says, or not at all', async () => {
    const configured = await program('mine')
    expect(findChromium({ configured, env: {} })).toEqual({ path: configured, from: 'config' })
    expect(findChromium({ configured: join(directory, 'none'), env: { CHROME_PATH: configured } })).toBeUndefined()
  })

  it('where the environment says, before the system', async () => {
    const path = await program('chosen')
    await program('bin/chromium')
    expect(findChromium({ env: { CHROME_PATH: path, PATH: join(directory, 'bin') } })).toEqual({
      path,
      from: 'CHROME_PATH',
    })
  })

  it('on the path', async () => {
    const path = await program('bin/chromium')
    expect(findChromium({ env: { CHROME_PATH: '/nowhere', PATH: join(directory, 'bin') } })).toEqual({
      path,
      from: 'system',
    })
  })
})

it('tells its version, or why not', async () => {
  expect(await chromiumVersion(await program('chromium'))).toBe('Chromium 1.2.3')
  await expect(chromiumVersion(join(directory, 'none'))).rejects.toThrow(/ENOENT/)
})

describe('an installation', () => {
  it("uses Debian's package for root on Debian, and puppeteer's download elsewhere", () => {
    const commands = (machine: Parameters<typeof waysToInstall>[0]) =>
      waysToInstall(machine).map((way) => way.commands.map(([it, args]) => [it, ...args].join(' ')).join(' && '))
    expect(commands({ isRoot: true, hasApt: true })[0]).toMatch(/^apt-get update && apt-get .*install -y .*chromium$/)
    const other = commands({ isRoot: false, hasApt: true })
    expect(other).toHaveLength(1)
    expect(other[0]).toMatch(/puppeteer.* browsers install chrome$/)
  })

  it('is not needed where there is one', async () => {
    const said: string[] = []
    const there = findChromium()
    if (there) expect(await ensureChromium((line) => said.push(line))).toEqual(there)
    expect(said).toEqual([])
  })
})

describe('Chromium is started', () => {
  const options = (isRoot: boolean, args: string[] = []) =>
    launchOptions(
      '/usr/bin/chromium',
      { args, headless: true },
      { launchMs: 1, protocolMs: 2 },
      { isRoot, signal: new AbortController().signal },
    )

  it('so that it dies with this process, and by nobody else', () => {
    expect(options(false)).toMatchObject({ pipe: true, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false })
  })

  it('with its sandbox, except by root', () => {
    expect(options(false).args).not.toContain('--no-sandbox')
    expect(options(true).args).toContain('--no-sandbox')
    expect(options(true, ['--no-sandbox']).args.filter((it) => it === '--no-sandbox')).toHaveLength(1)
  })
})
