/** Codes that the host raises. docs/errors.md is made from this table and those of the kernel and the contracts. */
export const hostErrorCodes = {
  WAQ_CONFIG_NOT_FOUND: { status: 500, fix: 'Write one with `waqtor init`, or name one with --config <file>.' },
  WAQ_CONFIG_SYNTAX: { status: 500, fix: 'Correct the line.' },
  WAQ_CONFIG_IMPORT: { status: 500, fix: 'Install the package, or correct the path of the import.' },
  WAQ_CONFIG_THREW: { status: 500, fix: 'Correct the code at that place; the config runs when it is read.' },
  WAQ_CONFIG_SHAPE: { status: 500, fix: 'Write `export default defineConfig({ plugins: [ … ] })`.' },
  WAQ_OPTION_INVALID: { status: 500, fix: 'Correct the flag or the environment variable.' },
  WAQ_DATA_DIRECTORY: {
    status: 500,
    fix: 'Choose a directory that this user may write to, with --data or WAQTOR_DATA.',
  },
  WAQ_HOST_RUNNING: { status: 503, fix: 'Stop the other one, or choose another data directory with --data.' },
  WAQ_HOST_UNREACHABLE: { status: 503, fix: 'Look at the log of the running host, or stop it.' },
  WAQ_BACKUP_INVALID: { status: 400, fix: 'Take another backup: `waqtor call system.backups` lists them.' },
  WAQ_BACKUP_NEWER: { status: 400, fix: 'Install that version of WaQtor or a newer one, and restore again.' },
  WAQ_RESTORE_UNFINISHED: {
    status: 503,
    fix: 'Mend what the message says and start again: the restore goes on by itself, and nothing is lost meanwhile.',
  },
  WAQ_FAULT: { status: 500, fix: 'A plugin threw outside of everything that the kernel watches over: see the log.' },
  WAQ_LISTENER_RESTS: {
    status: 500,
    fix: 'The log says why the plugin fails. It is tried again by itself.',
  },
  WAQ_LISTENER_OFF: {
    status: 500,
    fix: 'Mend the plugin, or take it out of waqtor.config.ts. A change of its options, or a restart, tries it again.',
  },
  WAQ_EXIT_REFUSED: {
    status: 500,
    fix: 'Throw an error instead of ending the process; who wants to stop the host sends it SIGTERM.',
  },
  WAQ_FAILED: { status: 500, fix: 'See the message; --verbose shows the stack.' },
  WAQ_USAGE: { status: 400, fix: 'See: waqtor help' },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>

export type HostErrorCode = keyof typeof hostErrorCodes
