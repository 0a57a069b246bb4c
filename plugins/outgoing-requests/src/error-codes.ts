/** Codes of requests to addresses that others name; docs/errors.md is made from this table. */
export const outgoingErrorCodes = {
  WAQ_URL_INVALID: { status: 400, fix: 'Give a whole URL, http:// or https://, without a user or a password in it.' },
  WAQ_URL_REFUSED: {
    status: 400,
    fix: 'Use a public address. One in your own network must be listed as host:port in `allowPrivate` of the plugin.',
  },
  WAQ_OUTGOING_FAILED: { status: 502, fix: 'The other server could not be reached, or broke off; see the message.' },
  WAQ_OUTGOING_TIMEOUT: { status: 504, fix: 'The other server took too long: make it answer faster, or try again.' },
  WAQ_OUTGOING_TOO_LARGE: { status: 413, fix: 'The other server answered more than is taken.' },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>

export type OutgoingErrorCode = keyof typeof outgoingErrorCodes
