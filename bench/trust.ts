// The certificate of a pretend gym, which every TLS client of this process shall trust beside the usual ones. One at a time: all
// pretend gyms go by one name, and of two certificates of one name OpenSSL tries only the first.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const usual = getCACertificates('default');

export const trust = (certificate: string): void => setDefaultCACertificates([...usual, certificate]);
