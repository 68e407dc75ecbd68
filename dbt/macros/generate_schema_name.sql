{# Schemas have the declared names, which registry/tables/objects/5_marts_grants.sql uses. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
