/** What the config says of Chromium. */
export interface ChromiumChoice {
  readonly args: readonly string[]
  readonly headless: boolean | 'shell'
}

export interface LaunchLimits {
  readonly launchMs: number
  /** Longer than anything that is asked of the page. */
  readonly protocolMs: number
}

export interface LaunchOptions {
  readonly executablePath: string
  readonly headless: boolean | 'shell'
  readonly args: readonly string[]
  readonly pipe: true
  readonly handleSIGINT: false
  readonly handleSIGTERM: false
  readonly handleSIGHUP: false
  readonly timeout: number
  readonly protocolTimeout: number
  readonly signal: AbortSignal
  readonly defaultViewport: null
}

const ownArgs = [
  '--disable-gpu',
  // Containers give /dev/shm 64 MB; Chromium crashes when that is full.
  '--disable-dev-shm-usage',
  '--mute-audio',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page in the background is to keep its timers: its connection lives by them.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
]

/**
 * How Chromium is started. With `pipe` it dies with this process, whatever kills that. Its own signal handlers would kill it
 * before it has written its session down: the plugin closes it itself.
 */
export function launchOptions(
  executablePath: string,
  { args, headless }: ChromiumChoice,
  { launchMs, protocolMs }: LaunchLimits,
  { isRoot, signal }: { readonly isRoot: boolean; readonly signal: AbortSignal },
): LaunchOptions {
  return {
    executablePath,
    headless,
    // Chromium refuses to use its sandbox as root; everybody else keeps it.
    args: [...ownArgs, ...(isRoot && !args.includes('--no-sandbox') ? ['--no-sandbox'] : []), ...args],
    pipe: true,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    timeout: launchMs,
    protocolTimeout: protocolMs,
    signal,
    defaultViewport: null,
  }
}
