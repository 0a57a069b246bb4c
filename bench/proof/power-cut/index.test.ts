import { shortForm } from '../kit/short-form.ts'
import { powerCut } from './index.ts'

shortForm(powerCut)
