/**
 * Every code that the kernel itself raises, with the HTTP-like status that doors show and what the reader should do.
 * Plugins add codes of their own of the same form (`WAQ_…`). The table in docs/errors.md is made from this one.
 */
export const kernelErrorCodes = {
  WAQ_CONFIG_INVALID: { status: 500, fix: 'Correct the option; `waqtor config print` shows where it comes from.' },
  WAQ_PLUGIN_DUPLICATE: { status: 500, fix: 'Keep one entry of the plugin in waqtor.config.ts.' },
  WAQ_SERVICE_MISSING: { status: 500, fix: 'Add a plugin that provides the service to waqtor.config.ts.' },
  WAQ_SERVICE_DUPLICATE: { status: 500, fix: 'Keep one of the plugins that provide the service.' },
  WAQ_SERVICE_NOT_PROVIDED: { status: 500, fix: 'Call ctx.provide for every token in `provides`, and for no other.' },
  WAQ_CYCLE: { status: 500, fix: 'Make one of the needs in the circle go: an event or a hook instead of a service.' },
  WAQ_KERNEL_RANGE: { status: 500, fix: 'Install a version of the plugin for this kernel.' },
  WAQ_TOKEN_CONFLICT: { status: 500, fix: 'Rename one of the two, or install one version of the package.' },
  WAQ_COMMAND_DUPLICATE: { status: 500, fix: 'A command has one handler: remove one plugin, or rename the command.' },
  WAQ_STARTUP_FAILED: { status: 500, fix: 'See the list of problems.' },
  WAQ_SETUP_FAILED: { status: 500, fix: 'See the cause; the plugin threw in setup.' },
  WAQ_TIMEOUT: { status: 504, fix: 'Something inside took longer than its time limit; the message names it.' },
  WAQ_HOOK_FAILED: { status: 500, fix: 'See the cause; the plugin threw in a hook.' },
  WAQ_LISTENER_FAILED: { status: 500, fix: 'See the cause; the plugin threw while it handled an event.' },
  WAQ_CLOSE_FAILED: { status: 500, fix: 'See the cause; closing went on with the other plugins.' },
  WAQ_EVENT_INVALID: { status: 500, fix: 'The emitting plugin sent data that its own event schema refuses.' },
  WAQ_COMMAND_UNKNOWN: { status: 404, fix: 'Ask for the list of commands; the plugin may be switched off.' },
  WAQ_UNAUTHENTICATED: { status: 401, fix: 'Send a key: `X-API-Key` or `Authorization: Bearer`.' },
  WAQ_FORBIDDEN: { status: 403, fix: 'Use a key with the permission and the instance that the call needs.' },
  WAQ_INPUT_INVALID: { status: 400, fix: 'Correct the fields named in `errors`.' },
  WAQ_OUTPUT_INVALID: { status: 500, fix: 'A defect of the plugin: its own schema refuses what it answered.' },
  WAQ_COMMAND_FAILED: { status: 500, fix: 'The log has the cause under the same request id.' },
  WAQ_RELOADING: { status: 503, fix: 'The plugin is being restarted: try again in a second.' },
  WAQ_CLOSED: { status: 503, fix: 'The plugin or the whole kernel is stopping.' },
  WAQ_ABORTED: { status: 499, fix: 'The caller went away before the answer.' },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>

export type KernelErrorCode = keyof typeof kernelErrorCodes
