"""What the documentation says, page by page, and whether it is so here.

Each line of a page's ``.jsonl`` is one example or one row of a table:

===============  =====================================================================================================
``expr``         an expression, a statement, or text with ``${...}`` in it
``payload``      the message; ``{"$raw": text}`` or ``{"$base64": text}`` are its bytes; ``$every-type`` is
                 :data:`tests.iot_sql.conformance.rows.EVERY_TYPE`; nothing is ``{}``
``topic``, ``sql_version``, ``context``  as in ``iot_sql.evaluate``
``expected``     the value; or ``{"$undefined": true}``, ``{"$no_match": true}``, ``{"$uuid": true}``,
                 ``{"$from": 0, "$below": 1}``, ``{"$base64": text}``, ``{"$sql_error": part of its message}``,
                 ``{"$needs_aws": function}``
``text``         the JSON text that it comes out as, where that is to be seen
``kind``         ``verbatim`` is printed on the page, ``verbatim-sql`` without payload or result; ``table`` is a row of
                 a table, ``reading`` is its prose; ``doc-conflict``: the page contradicts itself; ``rule`` was found in
                 public code, ``aws-tested`` was run by AWS staff, ``third-party`` is another project's test;
                 ``recalled`` is a section of the page that could not be read again when the row was written
``source``       the page, with the place
``note``         what else is to be known of it
``disagrees``    why it is not so here, and should not be
===============  =====================================================================================================
"""
