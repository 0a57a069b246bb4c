import { expect, test } from 'vitest'
import { splitArguments, UsageError } from './arguments.ts'

test('global flags are taken wherever they stand, and the rest belongs to the command', () => {
  expect(
    splitArguments(['--json', 'campaign', 'run', 'my.csv', '--data=d', '--template', 'Hi', '--config', 'c.ts']),
  ).toEqual({
    flags: { json: true, verbose: false, data: 'd', config: 'c.ts' },
    command: 'campaign',
    rest: ['run', 'my.csv', '--template', 'Hi'],
    help: false,
    version: false,
  })
})

test('behind a -- nothing is taken, and one in front is the package manager’s', () => {
  expect(splitArguments(['--', 'call', 'x', '--', '--json'])).toMatchObject({
    command: 'call',
    rest: ['x', '--', '--json'],
    flags: { json: false },
  })
})

test('help and version in front of a command are about the whole', () => {
  expect(splitArguments(['-h'])).toMatchObject({ help: true, command: undefined })
  expect(splitArguments(['--version'])).toMatchObject({ version: true })
  expect(splitArguments(['start', '--help'])).toMatchObject({ help: false, rest: ['--help'] })
})

test.each([
  [['--config'], /--config needs a value/],
  [['start', '--data', '--json'], /--data needs a value/],
  [['--data='], /--data needs a value/],
  [['--json=yes'], /--json takes no value/],
  [['--jsn'], /'--jsn' in front of a command; did you mean '--json'\?/],
  [['--zzzzzzzz', 'start'], /flags of a command stand behind its name/],
])('%j is refused', (argv, message) => {
  expect(() => splitArguments(argv)).toThrow(UsageError)
  expect(() => splitArguments(argv)).toThrow(message)
})
