/** Codes of the simulator; docs/errors.md is made from this table. */
export const simulatorErrorCodes = {
  WAQ_SIMULATOR_UNREACHABLE: {
    status: 503,
    fix: 'Start the network: `waqtor simulator --listen 127.0.0.1:9180`, at the address that the config names.',
  },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>
