/** Codes of the HTTP server; docs/errors.md is made from this table. */
export const httpErrorCodes = {
  WAQ_REQUEST_INVALID: { status: 400, fix: 'The request line or a header is malformed.' },
  WAQ_REQUEST_TIMEOUT: { status: 408, fix: 'Send the whole request faster.' },
  WAQ_HEADERS_TOO_LARGE: { status: 431, fix: 'Send fewer or shorter headers, or a shorter path.' },
  WAQ_HOST_NOT_ALLOWED: {
    status: 421,
    fix: 'Use the address that the host printed at its start, or add the name to `allowedHosts` of the http plugin.',
  },
  WAQ_ORIGIN_NOT_ALLOWED: {
    status: 403,
    fix: 'Add the origin of the page to `origins` of the http plugin, or set DASHBOARD_URL. Programs send no Origin.',
  },
  WAQ_KEY_IN_URL: {
    status: 400,
    fix: 'Send the key as `X-API-Key` or `Authorization: Bearer`. This one has been written into logs: revoke it.',
  },
  WAQ_ENCODING_UNSUPPORTED: { status: 415, fix: 'Send the body as it is, without Content-Encoding.' },
  WAQ_INTERNAL: { status: 500, fix: 'The log has the cause under the same request id.' },
  WAQ_PORT_IN_USE: {
    status: 500,
    fix: 'Stop the other program, or choose another port with --port or WAQTOR_PORT.',
  },
  WAQ_LISTEN_FAILED: { status: 500, fix: 'Choose another address with --host or WAQTOR_HOST, or another port.' },
  WAQ_LISTEN_REFUSED: {
    status: 500,
    fix: 'Set WAQTOR_API_KEY, or make a key with `waqtor keys create`; or listen on 127.0.0.1.',
  },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>
