-- Earlier versions of puntual granted the default privileges of a hosted project to an embedded database again, at each start but the first. A table
-- that a migration added at a later start was open to the API roles until that migration revoked the rights. This migration revokes the
-- default privileges that a hosted Supabase project grants; a database that does not grant them is not changed.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
