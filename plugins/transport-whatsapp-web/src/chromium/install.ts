import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type FoundChromium, findChromium } from './find.ts'

/** What to type where no Chromium is to be found. */
export const installHint =
  'install it with `apt-get install -y chromium` (Debian, Ubuntu) or `npx puppeteer browsers install chrome`, or set CHROME_PATH'

/** Time enough for a slow mirror. */
const installMs = 600_000

/** One way to get a Chromium. */
export interface Way {
  readonly says: string
  readonly commands: readonly (readonly [program: string, args: readonly string[]])[]
}

/** The ways that are open on this machine, the best first. */
export function waysToInstall(machine: { readonly isRoot: boolean; readonly hasApt: boolean }): Way[] {
  const ways: Way[] = []
  if (machine.isRoot && machine.hasApt) {
    const install = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', 'chromium'] as const
    ways.push({
      says: "Debian's own package",
      commands: [
        ['apt-get', ['update']],
        ['apt-get', install],
      ],
    })
  }
  const cli = puppeteerCli()
  if (cli) {
    const args = [cli, 'browsers', 'install', 'chrome']
    ways.push({ says: "puppeteer's download into its cache", commands: [[process.execPath, args]] })
  }
  return ways
}

/**
 * Finds a Chromium, or installs one and says so.
 * @param say hears what is done, a line at a time
 * @returns nothing where none could be had; `say` has heard why
 */
export async function ensureChromium(say: (line: string) => void): Promise<FoundChromium | undefined> {
  const there = findChromium()
  if (there) return there
  const machine = { isRoot: process.getuid?.() === 0, hasApt: existsSync('/usr/bin/apt-get') }
  for (const { says, commands } of waysToInstall(machine)) {
    say(`Chromium was not found; trying ${says}: ${commands.map(([it, args]) => [it, ...args].join(' ')).join(' && ')}`)
    try {
      for (const [program, args] of commands) await run(program, args)
      const found = findChromium()
      if (found) {
        say(`installed: ${found.path}`)
        return found
      }
      say('that ended well, and yet no Chromium is to be found')
    } catch (error) {
      say(
        `that did not work: ${error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error)}`,
      )
    }
  }
  say(`no Chromium could be had: ${installHint}`)
  return undefined
}

function puppeteerCli(): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve('puppeteer')
    const cli = join(dirname(main), 'node', 'cli.js')
    return existsSync(cli) ? cli : undefined
  } catch {
    return undefined
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: installMs, env, maxBuffer: 64 * 1024 * 1024 }, (error) =>
      error ? reject(error) : resolve(),
    )
  })
}
