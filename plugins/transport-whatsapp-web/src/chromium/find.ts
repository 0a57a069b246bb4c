import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const systemNames = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const inCache = ['chrome-linux64/chrome', 'chrome-win64/chrome.exe', 'chrome-linux/chrome']

/** Where a Chromium was found, and which of the places that was. */
export interface FoundChromium {
  readonly path: string
  readonly from: 'config' | 'CHROME_PATH' | 'system' | 'puppeteer'
}

export interface Places {
  /** What the config names; nothing else is looked at then. */
  readonly configured?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/**
 * Looks for a Chromium or Chrome: what the config names, `CHROME_PATH`, the system's, then puppeteer's cache.
 * @example findChromium()?.path // '/usr/bin/chromium'
 */
export function findChromium(places: Partial<Places> = {}): FoundChromium | undefined {
  const { configured, env = process.env, home = homedir() } = places
  if (configured !== undefined) return isProgram(configured) ? { path: configured, from: 'config' } : undefined
  const chosen = env.CHROME_PATH
  if (chosen && isProgram(chosen)) return { path: chosen, from: 'CHROME_PATH' }
  const system = [...onPath(env.PATH ?? ''), ...applications].find(isProgram)
  if (system) return { path: system, from: 'system' }
  const cached = inPuppeteerCache(env.PUPPETEER_CACHE_DIR ?? join(home, '.cache', 'puppeteer')).find(isProgram)
  return cached === undefined ? undefined : { path: cached, from: 'puppeteer' }
}

function onPath(path: string): string[] {
  const folders = [...path.split(delimiter).filter(Boolean), '/usr/bin', '/usr/local/bin', '/snap/bin']
  return systemNames.flatMap((name) => folders.map((folder) => join(folder, name)))
}

/** The newest first. */
function inPuppeteerCache(cache: string): string[] {
  const chrome = join(cache, 'chrome')
  if (!existsSync(chrome)) return []
  const newestFirst = readdirSync(chrome).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return newestFirst.flatMap((version) => inCache.map((it) => join(chrome, version, it)))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
