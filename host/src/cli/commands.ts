import type { BuiltIn } from './built-in.ts'

interface Listed {
  readonly name: string
  readonly summary: string
  load(): Promise<BuiltIn>
}

/** The host's own commands, each loaded when it is called. */
export const ownCommands: readonly Listed[] = [
  {
    name: 'start',
    summary: 'Run the system until it is told to stop',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'dev',
    summary: 'As start, with everything in the log',
    load: async () => (await import('./commands/start.ts')).dev,
  },
  {
    name: 'check',
    summary: 'Validate the config and draw the assembly; nothing is started',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'call',
    summary: "Run any command of the registry: call messages.sendText '{…}'",
    load: async () => (await import('./commands/call.ts')).call,
  },
  {
    name: 'config',
    summary: 'config print: every option and where its value comes from; secrets are masked',
    load: async () => (await import('./commands/config.ts')).config,
  },
  {
    name: 'doctor',
    summary: 'Look for what is wrong with this machine, this directory and this config',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'restore',
    summary: 'Put a backup in place of what is in the data directory, which is kept aside',
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    name: 'init',
    summary: 'Write waqtor.config.ts and .env for a new directory; what is there already stays',
    load: async () => (await import('./commands/init.ts')).init,
  },
]
