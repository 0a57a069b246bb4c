import { describe, expect, it } from 'vitest'
import { codeLines, withoutComments } from './source-text.ts'

describe('withoutComments', () => {
  it('drops comments and keeps what only looks like one', () => {
    const code = "const a = 'http://x' // gone\n/* gone */ const b = `/* kept */`\nconst c = /\\/\\*/\n"
    expect(withoutComments(code, 'a.ts')).toBe("const a = 'http://x' \n const b = `/* kept */`\nconst c = /\\/\\*/\n")
  })

  it('keeps its place after text outside the basic plane', () => {
    expect(withoutComments("const a = 'مرحبا 👋' // gone\nconst b = 1", 'a.ts')).toBe(
      "const a = 'مرحبا 👋' \nconst b = 1",
    )
  })

  it('refuses what does not parse', () => {
    expect(() => withoutComments('const = 1', 'broken.ts')).toThrow('broken.ts does not parse')
  })
})

describe('codeLines', () => {
  it('counts neither blanks nor comments', () => {
    expect(codeLines('/**\n * Doc.\n */\nconst a = 1\n\n  // why\nconst b = 2 // here\n', 'a.ts')).toBe(2)
  })
})
