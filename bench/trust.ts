// Makes every TLS client of this process trust the certificate of a pretend gym, beside the certificates that Node trusts by default. Only one
// pretend gym's certificate can be trusted at a time: all pretend gyms have the same name, and of two certificates of one name OpenSSL tries only the
// first.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const usual = getCACertificates('default');

export const trust = (certificate: string): void => setDefaultCACertificates([...usual, certificate]);
