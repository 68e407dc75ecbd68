SELECT
    latest.partition_key AS key,
    latest.name AS account,
    'failed' AS state,
    latest.fault_code,
    latest.finished_at AS since,
    latest.run_id,
    1 AS tries,
    FALSE AS lacks_result,
    latest.import_id
FROM {latest_attempts} AS latest
WHERE latest.finished_at > latest.began_at
    AND latest.finished_at <= latest.ended_at
    AND latest.fault_code <> 'refused'
ORDER BY latest.finished_at
