import { randomInt } from 'node:crypto'
import type { CodeLength } from './contract/features.ts'

/** Draws the digits of a code, never ones that somebody would try first. */
export function drawCode(length: CodeLength, draw: (below: number) => number = randomInt): string {
  for (;;) {
    const code = String(draw(10 ** length)).padStart(length, '0')
    if (!isTrivial(code)) return code
  }
}

/** True for what people try first: `1111`, `1234`, `9876`, `8901`, `1212`, `123123`. */
export function isTrivial(code: string): boolean {
  const digits = [...code].map(Number)
  // One step between all neighbours: 0 when all are equal, 1 for a run upwards, 9 for one downwards.
  const steps = new Set(digits.slice(1).map((it, index) => (it - digits[index]! + 10) % 10))
  if (steps.size === 1 && [0, 1, 9].includes([...steps][0]!)) return true
  return [2, 3].some((part) => code.length > part && code === code.slice(0, part).repeat(code.length / part))
}

/** Arabic-Indic and Persian digits as 0–9: a code is read aloud and typed on any keyboard. */
export function westernDigits(text: string): string {
  return text.replace(/[٠-٩۰-۹]/g, (it) => String(it.charCodeAt(0) % 16))
}
