import type { World } from './world.ts'

/** How this person reaches the command line: through the workspace's script, or as an installed command. */
export function callingName({ env }: Pick<World, 'env'>): string {
  if (env.npm_lifecycle_event === undefined) return 'waqtor'
  return env.npm_config_user_agent?.startsWith('pnpm') ? 'pnpm waqtor' : 'npx waqtor'
}
