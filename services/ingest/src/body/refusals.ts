/** Why a body as a whole is refused, where several readers say the same. */
import { deadLetter } from '@millrace/pipeline';

export const emptyBody = (message: string) => deadLetter('ingest.body-empty', message);

export const tooManyEvents = (eventsMax: number) =>
  deadLetter('ingest.too-many-events', `A request may hold ${eventsMax} events.`);

export const avroInvalid = (message: string) => deadLetter('ingest.avro-invalid', message);
