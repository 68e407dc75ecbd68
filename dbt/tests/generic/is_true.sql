{# The expression holds for each row; a row for which it is null passes. #}
{% test is_true(model, expression) %}
    select *
    from {{ model }}
    where not ({{ expression }})
{% endtest %}
