import { shortForm } from '../kit/short-form.ts'
import { clock } from './index.ts'

shortForm(clock)
