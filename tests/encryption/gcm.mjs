// AES-256-GCM by node's own crypto: a second implementation of the layout, with nothing of ours in it.
// node gcm.mjs seal|open KEY_HEX DATA_HEX: prints hexadecimal digits. The tag stands at the end.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const [, , direction, key, data] = process.argv;
const secret = Buffer.from(key, 'hex');
const bytes = Buffer.from(data, 'hex');

if (direction === 'seal') {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce);
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  process.stdout.write(Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('hex'));
} else {
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  process.stdout.write(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('hex'));
}
