/**
 * The invitation link: `…#join=<session>.<secret>`, both base64url. Browsers do not send the fragment to
 * servers, so whoever serves the page or carries signalling never sees the secret (R11).
 */
import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { fromBase64Url, randomBytes, toBase64Url } from './encoding.ts';

/** Long enough that sessions never meet by chance; it is no secret. */
const SESSION_BYTES = 16;
/** Twice what anyone could ever search. */
const SECRET_BYTES = 32;
/** Longer fragments are not looked at. */
const FRAGMENT_CHARACTERS = 4_096;
const PARAMETER = 'join';

/** Who may meet: all who know the secret of one session. */
export interface Invitation {
  /** Names the session, 22 characters of base64url. */
  readonly session: string;
  /** {@link SECRET_BYTES} random bytes. */
  readonly secret: Uint8Array<ArrayBuffer>;
}

/**
 * - `absent`: the link has no invitation in it; that is an ordinary visit.
 * - `incomplete`: the parts are not both there, or too short: cut off while it was copied.
 * - `malformed`: something else stands where the invitation should.
 */
export type InvitationErrorKind = 'absent' | 'incomplete' | 'malformed';

export interface InvitationError {
  readonly kind: InvitationErrorKind;
  readonly sentence: string;
}

const fail = (kind: InvitationErrorKind, sentence: string): Result<never, InvitationError> =>
  err({ kind, sentence });

/** A new session with a secret of 256 random bits. */
export function createInvitation(): Invitation {
  return { session: toBase64Url(randomBytes(SESSION_BYTES)), secret: randomBytes(SECRET_BYTES) };
}

/** `#join=<session>.<secret>`, to be put behind the address of the page. */
export function formatInvitation({ session, secret }: Invitation): string {
  assert(secret.length === SECRET_BYTES, 'a secret of another length');
  return `#${PARAMETER}=${session}.${toBase64Url(secret)}`;
}

/** Reads the fragment of an address, as in `location.hash`. */
export function parseInvitation(fragment: string): Result<Invitation, InvitationError> {
  if (fragment.length > FRAGMENT_CHARACTERS) {
    return fail('malformed', 'This link is far too long for an invitation.');
  }
  const fields = fragment.replace(/^#/, '').split('&');
  const field = fields.find((text) => text.startsWith(`${PARAMETER}=`));
  if (field === undefined) return fail('absent', 'This link holds no invitation.');
  const parts = field.slice(PARAMETER.length + 1).split('.');
  const [session = '', secretText = ''] = parts;
  if (parts.length > 2) return fail('malformed', 'The invitation in this link has too many parts.');
  const sessionBytes = fromBase64Url(session);
  const secret = fromBase64Url(secretText);
  const cutOff = secretText.length < toBase64Url(new Uint8Array(SECRET_BYTES)).length;
  if (cutOff && /^[\w.-]*$/.test(field.slice(PARAMETER.length + 1))) {
    return fail('incomplete', 'The invitation in this link is incomplete: copy the whole link.');
  }
  if (sessionBytes?.length !== SESSION_BYTES || secret?.length !== SECRET_BYTES) {
    return fail('malformed', 'The invitation in this link cannot be read: copy the link again.');
  }
  return ok({ session, secret });
}
