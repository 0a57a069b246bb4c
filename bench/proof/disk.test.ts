import { corrupt } from './corrupt.ts'
import { diskFull } from './disk-full.ts'
import { ioErrors } from './io-errors.ts'
import { shortForm } from './kit/short-form.ts'
import { locked } from './locked.ts'

shortForm(diskFull)
shortForm(ioErrors)
shortForm(locked)
shortForm(corrupt)
