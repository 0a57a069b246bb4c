import { serve } from '../../run/serve.ts'
import { defineBuiltIn } from '../built-in.ts'

const serverArguments = {
  host: { type: 'string', description: 'Address to listen on (127.0.0.1)' },
  port: { type: 'string', description: 'Port to listen on, 0 for a free one (8080)' },
  watch: {
    type: 'boolean',
    default: true,
    description: 'Take over changes of the config file',
    negativeDescription: 'Leave changes of the config file for the next start',
  },
  'safe-mode': { type: 'boolean', description: 'Start with the official plugins only' },
} as const

export const start = defineBuiltIn({
  name: 'start',
  args: serverArguments,
  run: ({ args, cli }) =>
    serve(cli, {
      what: 'start',
      flags: { host: args.host, port: args.port },
      watch: args.watch,
      safeMode: args['safe-mode'] ?? false,
      defaultLogLevel: 'info',
    }),
})

export const dev = defineBuiltIn({
  name: 'dev',
  args: serverArguments,
  run: ({ args, cli }) =>
    serve(cli, {
      what: 'dev',
      flags: { host: args.host, port: args.port },
      watch: args.watch,
      safeMode: args['safe-mode'] ?? false,
      defaultLogLevel: 'debug',
    }),
})
