{# The grain of a model: these columns have values in each row, and no two rows the same ones. #}
{% test is_key(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns -%}
            or {{ column }} is null
        {% endfor -%}
{% endtest %}
