/** Codes of the MCP server; docs/errors.md is made from this table. */
export const mcpErrorCodes = {
  WAQ_MCP_TOOL_UNKNOWN: { status: 404, fix: 'Ask for the list of tools again: plugins come and go.' },
  WAQ_MCP_READ_ONLY: {
    status: 403,
    fix: 'Use a key that was made with the permission `mcp:write`, and on the command line `waqtor mcp --write`.',
  },
  WAQ_MCP_RESULT_TOO_LARGE: {
    status: 413,
    fix: 'Ask for less: a smaller `limit`, a narrower filter; or raise `resultLimitBytes` of the mcp plugin.',
  },
  WAQ_MCP_SESSION_UNKNOWN: { status: 404, fix: 'Begin a new session with `initialize`.' },
  WAQ_MCP_ORIGIN_REFUSED: {
    status: 403,
    fix: 'Web pages of others may not use this server; add the origin to `origins` of the http plugin if yours should.',
  },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>
