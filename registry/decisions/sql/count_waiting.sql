-- Counted up to a limit, as the badge of each page is (registry/accounts/sql/find_session.sql).
SELECT
    (
        SELECT count(*) FROM (
            SELECT FROM review
            WHERE review.account_id = %(account)s AND review.state = 'open'
            LIMIT %(most)s -- noqa: AM09
        ) AS pair
    ) AS pairs,
    (
        SELECT count(*) FROM (
            SELECT FROM identity_review
            WHERE identity_review.account_id = %(account)s AND identity_review.state = 'open'
            LIMIT %(most)s -- noqa: AM09
        ) AS identity
    ) AS identities
