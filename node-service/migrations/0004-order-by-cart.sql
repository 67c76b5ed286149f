-- A cart is bought once: checkout looks for every earlier order of its cart, paid ones among them.
create index order_by_cart on sales_order (shop_id, cart_id) where cart_id is not null;
