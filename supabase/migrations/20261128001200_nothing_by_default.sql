-- An embedded database got its hosted default privileges back at each start but the first: a table of a later migration was open to the API roles
-- until that migration revoked it. They are revoked once more; on every other database this changes nothing.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
