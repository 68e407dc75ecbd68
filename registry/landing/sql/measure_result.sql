UPDATE result_file SET byte_count = %(byte_count)s
FROM import
WHERE import.id = result_file.import_id
    AND import.partition_key = %(key)s
    AND result_file.name = %(name)s
