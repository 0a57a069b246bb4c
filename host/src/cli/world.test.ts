import { expect, test } from 'vitest'
import { callingName } from './calling-name.ts'
import { userDirectory, userPath } from './world.ts'

test('a script of a package is told where the person stands', () => {
  const env = { INIT_CWD: '/srv/wa/lists', npm_package_json: '/srv/wa/package.json' }
  expect(userDirectory({ cwd: '/srv/wa', env })).toBe('/srv/wa/lists')
  expect(userPath({ cwd: '/srv/wa', env }, 'my.csv')).toBe('/srv/wa/lists/my.csv')
  expect(userPath({ cwd: '/srv/wa', env }, '/tmp/my.csv')).toBe('/tmp/my.csv')
})

test('what was inherited from some other script is not believed', () => {
  const env = { INIT_CWD: '/home/me', npm_package_json: '/home/me/package.json' }
  expect(userDirectory({ cwd: '/srv/wa', env })).toBe('/srv/wa')
  expect(userDirectory({ cwd: '/srv/wa', env: { INIT_CWD: '/home/me' } })).toBe('/srv/wa')
  expect(userDirectory({ cwd: '/srv/wa', env: {} })).toBe('/srv/wa')
})

test('hints use the name by which the command was called', () => {
  expect(callingName({ env: {} })).toBe('waqtor')
  expect(callingName({ env: { npm_lifecycle_event: 'start', npm_config_user_agent: 'pnpm/12.21.0 node/v24' } })).toBe(
    'pnpm waqtor',
  )
  expect(callingName({ env: { npm_lifecycle_event: 'start', npm_config_user_agent: 'npm/11' } })).toBe('npx waqtor')
})
