-- Earlier versions granted an embedded database the hosted default privileges again at each start but the first. A table of a later migration was
-- then open to the API roles until that migration revoked the rights. These statements revoke the default privileges once more; on every other
-- database they change nothing.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
